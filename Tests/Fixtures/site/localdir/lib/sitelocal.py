"""A module of the site that only --localdir brings."""

NAME = 'sitelocal'
