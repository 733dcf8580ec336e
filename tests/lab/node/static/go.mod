module kn-mirror.dev/tests/node/static

go 1.26.0
