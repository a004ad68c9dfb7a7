"""What is written: the database, tables, masks, the report, DICOM."""
