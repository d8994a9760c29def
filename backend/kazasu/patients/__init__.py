"""The patients of the facility: ids of our own, the insured number as last known."""
