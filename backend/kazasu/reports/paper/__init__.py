"""The reports as pages to print and as pictures. Pure: a report in, octets out."""
