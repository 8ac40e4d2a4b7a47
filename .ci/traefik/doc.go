// Package traefik tests deploy/traefik with parts of Traefik itself: its file provider, its router's rules, its TLS options
// and its treatment of the client's address. Traefik as a whole needs 2,500 packages, so it does not run here. The package
// is a separate module, so that the product does not depend on it.
package traefik
