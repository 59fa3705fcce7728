"""The basket of an account: documents and case files put aside from what was found."""
