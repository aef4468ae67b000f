"""Parses one file with oslo.config's own parser and keeps nothing else.

    parse_file.py FILE

Writes how many options the section [service_user] has.
"""

import sys

from oslo_config import cfg

sections = {}
cfg.ConfigParser(sys.argv[1], sections).parse()
print(len(sections["service_user"]))
