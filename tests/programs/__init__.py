"""Programs that tests run beside themselves: where they come from, and how they are run."""

from tests.programs.building import Program, built
from tests.programs.errors import ProgramError
from tests.programs.modules import Own, Published

__all__ = ["Own", "Program", "ProgramError", "Published", "built"]
