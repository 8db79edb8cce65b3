from . import bank_bridge_credentials
from . import bank_bridge_duplicates
from . import bank_bridge_missing
