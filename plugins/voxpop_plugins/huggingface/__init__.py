"""Reviews in data sets of the Hugging Face Hub, or in folders of the library `datasets`."""
