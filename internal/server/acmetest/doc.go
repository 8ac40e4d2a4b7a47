// Package acmetest tries the certificates of internal/server against a real CA: Pebble, that of Let's Encrypt for tests,
// with a name server of its own. It is a module of its own, so that the service's stays small.
package acmetest
