"""Programs that tests run beside themselves: where they come from, and how they are run."""

from tests.lab.programs.building import Program, built
from tests.lab.programs.errors import ProgramError
from tests.lab.programs.modules import Own, Published

__all__ = ["Own", "Program", "ProgramError", "Published", "built"]
