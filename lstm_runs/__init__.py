"""Training runs as a service: model files, executors, the run store, limits. No Streamlit."""
