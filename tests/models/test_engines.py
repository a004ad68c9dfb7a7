"""What computes the networks makes no difference to what they say, and a run on a processor needs no torch."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from typer.testing import CliRunner

from radcaliper.learning.engine_file import engine_file, float_model
from radcaliper.learning.full_size_steps import with_channels_last_spread, with_quick_full_size_steps
from radcaliper.learning.integer_file import integer_file, with_constants_folded
from radcaliper.learning.release import release
from radcaliper.models.inference import computing
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.computing import CannotCompute, Computing, computing_by, resolved
from radcaliper.models.inference.engines import compute_by, network_by
from radcaliper.models.inference.forward import FEATURES, OUTPUT, forward, sigmoid
from radcaliper.models.inference.loading import in_place_of, load_network, load_predictor
from radcaliper.models.inference.networks import network_of
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.inference.segment import segment
from radcaliper.models.inference.torch_network import by_torch
from radcaliper.models.registry import BUNDLES, BrokenBundle, Bundle
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.phantoms.hip import hip_phantom
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.reading import read_radiograph

FLOAT32 = Computing(engine="onnxruntime", precision="float32")
TORCH = Computing(engine="torch")
IN_INTEGERS = {name: bundle for name, bundle in BUNDLES.items() if bundle.has_integer_file}
MAPS = [name for name, bundle in BUNDLES.items() if bundle.metadata["structures"]]
UNWANTED = ("torch", "torchvision", "monai", "timm", "segmentation_models_pytorch", "safetensors", "onnx", "openvino")


def answer(bundle: str, how: Computing, films: np.ndarray, output: str = OUTPUT) -> np.ndarray:
    with computing_by(how):
        return forward(load_predictor(bundle, output), films)


@pytest.mark.parametrize("bundle", BUNDLES.values(), ids=BUNDLES)
def test_the_engine_file_was_made_from_the_weights(bundle: Bundle) -> None:
    try:
        file = bundle.verified_engine_file()
    except BrokenBundle as error:
        pytest.fail(f"{error}: python -m radcaliper.learning.release {bundle.weights} {bundle.folder}")
    assert file.stat().st_size < 15e6


@pytest.mark.parametrize("bundle", IN_INTEGERS.values(), ids=IN_INTEGERS)
def test_the_integer_file_was_made_from_the_weights(bundle: Bundle) -> None:
    assert bundle.verified_integer_file().stat().st_size < 6e6


@pytest.mark.parametrize("bundle", IN_INTEGERS.values(), ids=IN_INTEGERS)
def test_integers_overflow_on_no_processor(bundle: Bundle) -> None:
    graph = onnx.load(bundle.verified_integer_file()).graph
    of_name = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    kernels = [values.astype(int) for values in of_name.values() if values.dtype == np.int8 and values.ndim == 4]
    assert len(kernels) > 40
    for kernel in kernels:
        if kernel.shape[1] > 1:  # products with neighbouring channels, up to 255, are added in 16 bits
            for sign in (1, -1):
                assert ((sign * kernel[:, ::2]).clip(0) + (sign * kernel[:, 1::2]).clip(0)).max() <= 128


def test_another_engine_file_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLES["view"].folder, tmp_path / "view")
    file, metadata = folder / "models" / "model.onnx", folder / "configs" / "metadata.json"
    file.write_bytes(b"other")
    with pytest.raises(BrokenBundle, match="the engine file of view is damaged"):
        Bundle("view", folder).verified_engine_file()
    file.unlink()
    with pytest.raises(BrokenBundle, match="the engine file of view is missing"):
        Bundle("view", folder).verified_engine_file()
    file.touch()
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"weights_sha256": "0"}))
    with pytest.raises(BrokenBundle, match="the engine file of view was made from other weights"):
        Bundle("view", folder).verified_engine_file()


def test_a_release_makes_the_engine_file(tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLES["hip_femur"].folder, tmp_path / "hip_femur")
    (folder / "models" / "model.onnx").unlink()
    release(folder / "models" / "model.safetensors", folder)
    made = Bundle("hip_femur", folder)
    assert made.metadata["weights_sha256"] == BUNDLES["hip_femur"].metadata["weights_sha256"]
    films = np.random.default_rng(0).random((1, 1, 64, 64), dtype=np.float32)
    again = network_by(compute_by("onnxruntime", made.verified_engine_file(), "float32"), OUTPUT)(films)
    np.testing.assert_allclose(again, answer("hip_femur", FLOAT32, films[:, 0]), atol=1e-3)
    assert not made.has_integer_file
    assert not made.integer_file.exists()


def test_steps_at_full_size_say_the_same() -> None:
    model = float_model(network_of("unet_lite0")(3).eval())
    films = np.random.default_rng(0).random((1, 1, 64, 96), dtype=np.float32)
    before = network_by(compute_by("onnxruntime", model.SerializeToString(), "float32"), OUTPUT)(films)
    rewritten = with_constants_folded(model)
    assert with_quick_full_size_steps(rewritten)
    after = network_by(compute_by("onnxruntime", rewritten.SerializeToString(), "float32"), OUTPUT)(films)
    assert {node.op_type for node in rewritten.graph.node} >= {"DepthToSpace", "Slice"}
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_channels_spread_last_are_those_spread_first() -> None:
    sides = ["N", "C", "H", "W"]
    given, made = (helper.make_tensor_value_info(name, TensorProto.UINT8, sides) for name in ("small", "full"))
    spread = helper.make_node("DepthToSpace", ["small"], ["full"], "spread", blocksize=2)
    graph = helper.make_graph([spread], "spreading", [given], [made])
    first = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    last = onnx.ModelProto.FromString(first.SerializeToString())
    with_channels_last_spread(last)
    assert {node.op_type for node in last.graph.node} == {"Transpose", "Reshape", "Shape", "Mul", "Div"}
    small = np.random.default_rng(0).integers(0, 256, (2, 12, 5, 7), np.uint8)
    sessions = (onnxruntime.InferenceSession(each.SerializeToString()) for each in (first, last))
    before, after = (session.run(["full"], {"small": small})[0] for session in sessions)
    assert np.array_equal(before, after)


def test_a_network_in_integers_says_about_the_same() -> None:
    films = np.random.default_rng(0).random((2, 64, 64), dtype=np.float32)
    content = integer_file(float_model(load_network("spine_levels")), list(films))
    found = network_by(compute_by("onnxruntime", content, "int8"), OUTPUT)(films[:, None])
    expected = answer("spine_levels", FLOAT32, films)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("bundle", MAPS)
def test_engines_say_what_torch_says(bundle: str, engine: str) -> None:
    films = np.random.default_rng(0).random((2, 96, 160), dtype=np.float32)
    exact = (Computing(engine=each, precision="float32") for each in (engine, "torch"))
    by_engine, by_torch_ = (sigmoid(answer(bundle, how, films)) for how in exact)
    assert by_engine.shape == by_torch_.shape
    assert np.abs(by_engine - by_torch_).max() < 0.01
    # the engine file's half-precision weights move the levels' network by 2.8e-4
    assert np.abs(by_engine - by_torch_).mean() < (4e-4 if bundle == "spine_levels" else 2e-4)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("output", [OUTPUT, FEATURES])
def test_engines_say_of_views_what_torch_says(engine: str, output: str) -> None:
    films = np.random.default_rng(0).random((2, 224, 224), dtype=np.float32)
    exact = (Computing(engine=each, precision="float32") for each in (engine, "torch"))
    by_engine, by_torch_ = (answer("view", how, films, output) for how in exact)
    np.testing.assert_allclose(by_engine, by_torch_, atol=0.05)


@pytest.mark.parametrize(
    ("engine", "precision", "least"),
    [
        ("onnxruntime", "float32", 0.999),
        ("onnxruntime", "int8", 0.97),
        ("openvino", "float32", 0.999),
        ("openvino", "bf16", 0.98),
    ],
)
def test_masks_are_those_of_torch(engine: str, precision: str, least: float, chest_dicom: Path) -> None:
    film = read_radiograph(chest_dicom)
    with computing_by(TORCH):
        expected = segment(film, "chest_anatomy").masks
    with computing_by(Computing(engine=engine, precision=precision)):
        found = segment(film, "chest_anatomy").masks
    assert min(dice(mask, found[name]) for name, mask in expected.items()) > least


@pytest.mark.parametrize("name", ["smp:Unet:resnet18", "smp:DeepLabV3Plus:resnet18", "monai:UNet"])
def test_a_network_of_another_library_has_an_engine_file(name: str) -> None:
    network = network_of(name)(2).eval()
    films = np.random.default_rng(0).random((1, 1, 64, 64), dtype=np.float32)
    by_engine = network_by(compute_by("onnxruntime", engine_file(network, 64), "float32"), OUTPUT)
    np.testing.assert_allclose(by_engine(films), by_torch(network)(films), atol=0.02)


def test_threads_share_one_predictor() -> None:
    assert load_predictor("chest_anatomy") is load_predictor("chest_anatomy")


def test_a_network_stands_in_for_a_bundle_s_within_a_context() -> None:
    def other(films: np.ndarray) -> np.ndarray:
        return films

    shipped = load_predictor("view")
    with in_place_of("view", other):
        assert load_predictor("view") is other
        assert load_predictor("hip_femur") is not other
    assert load_predictor("view") is shipped


def test_a_film_s_answer_does_not_depend_on_the_others() -> None:
    films = np.random.default_rng(0).random((3, 64, 64), dtype=np.float32)
    network = load_predictor("hip_femur")
    assert (forward(network, films)[1] == forward(network, films[1:2])[0]).all()


def test_an_engine_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "find_spec", lambda name: None)
    with pytest.raises(CannotCompute, match=r'openvino is not installed: pip install "radcaliper\[openvino\]"'):
        resolved(Computing(engine="openvino"))
    with pytest.raises(CannotCompute, match="no device cuda here, without torch"):
        resolved(Computing(device="cuda"))
    assert resolved(Computing(device="auto")) == Computing("cpu", "onnxruntime", "int8")


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_integers_are_computed_by_onnx_runtime_alone(engine: str) -> None:
    with pytest.raises(CannotCompute, match="int8 is computed by the engine onnxruntime alone"):
        resolved(Computing(engine=engine, precision="int8"))
    assert resolved(Computing(engine=engine)).precision == "float32"


def test_what_does_not_go_together_is_bad_usage(tmp_path: Path) -> None:
    film = tmp_path / "film.png"
    film.write_text("Dear colleague")
    done = CliRunner().invoke(app, ["measure", str(film), "-o", str(tmp_path / "out"), "--precision", "bf16"])
    assert done.exit_code == 2
    assert "bf16 is computed on processors alone" in done.output


def test_a_run_on_a_processor_imports_no_torch(chest_dicom: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {UNWANTED}:\n"
        "            raise ImportError(f'{name} was imported')\n"
        "sys.meta_path.insert(0, Refuse())\n"
    )
    films = tmp_path / "films"
    films.mkdir()
    shutil.copy(chest_dicom, films / "chest.dcm")
    for name, phantom in (("spine", spine_phantom()), ("hip", hip_phantom())):
        Image.fromarray((normalize_grey(phantom.film.pixels) * 255).astype(np.uint8)).save(films / f"{name}.png")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "radcaliper", "measure", films, "-o", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "images.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["protocol"] for row in rows} == {"chest", "spine", "hip"}
    assert not any("internal_error" in row["reasons"] for row in rows)


def test_openvino_tells_nobody_that_it_was_imported(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from radcaliper.models.inference.engines import import_openvino\n"
        "import_openvino().Core()\n"
        "assert not any(name.startswith('openvino_telemetry.') for name in sys.modules)\n"
    )
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
