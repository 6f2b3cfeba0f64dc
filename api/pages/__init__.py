"""What people see in a browser, a module for each page. Rendered on the server, readable without a script."""
