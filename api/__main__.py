"""``python -m radcaliper`` and the ``radcaliper`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from radcaliper.pipelines.cli import app
    from radcaliper.review_command import review

    app.command()(review)
    app()


if __name__ == "__main__":
    main()
