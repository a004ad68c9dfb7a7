"""Simulated anteroposterior pelvis and hip films with exact truth, projected from bone meshes of real CT scans."""
