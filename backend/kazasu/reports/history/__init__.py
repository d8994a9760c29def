"""What goes over months: level and points, the support money, the survey sheet, one's own rate beside the sources'."""
