"""Booked visits: who is to be met, where, by whom, with which device."""
