"""Reads what banks export: one small module for each format, all behind `protocol.Importer`.

Pure functions over bytes. A file is taken whole or refused whole, with the place named.
"""
