"""The form in which the vision model is to answer. What it says in it is still a stranger's word (proposals.py).

A module of its own, because only a call of the model needs pydantic.
"""

from pydantic import BaseModel, Field


class ProposedAlbum(BaseModel):
    title: str = Field(description="A short title, as a person would write it on an album.")
    theme_description: str = Field(description="One or two sentences about what the photos have in common.")
    photos: list[int] = Field(description="The numbers of the photos in this album.")
    continues: int | None = Field(
        default=None, description="The number of the earlier album that these photos belong to, if there is one."
    )


class Answer(BaseModel):
    albums: list[ProposedAlbum]
