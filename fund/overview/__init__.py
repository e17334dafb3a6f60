"""The province's figures for the core team and the assembly: counts of children, money and offices, without a name."""
