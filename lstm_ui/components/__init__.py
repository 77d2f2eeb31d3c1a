"""Browser components (Streamlit components v2), one folder each."""
