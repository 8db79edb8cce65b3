from . import contact_steps
from . import bank_bridge_contact
from . import bank_bridge_credentials
