"""Records on paper: the PDF/A-3 with its bundle inside, its QR codes, and the archive of a learner's records."""
