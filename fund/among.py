"""Rows whose column is one of many values, asked for in one statement that reads the same however many there are.

Knows that PostgreSQL takes an array: a list of thousands of parameters would be written and parsed anew each time.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column holds one of these values."""
    searched = col(column)
    if session.get_bind().dialect.name != "postgresql":
        return searched.in_(values)
    array: ARRAY[Any] = ARRAY(sqlalchemy.inspect(column).type)
    return searched == any_(literal(list(values), array))
