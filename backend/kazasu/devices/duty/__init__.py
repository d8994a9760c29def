"""Duty passes and day keys: who is on duty on which device."""
