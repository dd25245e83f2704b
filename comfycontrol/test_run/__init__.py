"""The test run: ComfyControl sends a workflow, and it runs here. The only proof from outside that it reaches us."""
