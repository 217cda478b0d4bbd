"""Files of a school's own making into drafts of records: CSV and XLSX, exact or refused with a reason."""
