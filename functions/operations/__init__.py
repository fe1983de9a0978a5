"""Running the house: health, documents, jobs, and the workers that sweep up."""
