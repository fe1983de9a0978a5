"""Routes of restorations: parse, authorise, call one function of the service, shape the answer."""
