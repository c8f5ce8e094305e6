"""Tables whose cells are recordings or pictures -> a folder of files, with a table."""
