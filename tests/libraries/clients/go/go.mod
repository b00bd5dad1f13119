module wxlogin.tests/clientcheck

go 1.23
