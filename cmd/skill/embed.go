//go:build !distroless

package main

// The program embeds this data, so that it does not depend on the machine. The tag distroless leaves the data out, because
// the base of the container image contains both and keeps them current.
import (
	_ "time/tzdata" // time zones of the blogs

	_ "golang.org/x/crypto/x509roots/fallback" // Mozilla's roots, for systems without roots
)
