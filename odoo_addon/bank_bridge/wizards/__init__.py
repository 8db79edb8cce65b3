from . import bank_bridge_credentials
