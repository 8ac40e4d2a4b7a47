// Package acmetest tests the certificates of internal/server with a real CA: Pebble, Let's Encrypt's test CA, and a test
// name server. It is a separate module, so that the service's module does not depend on them.
package acmetest
