// Package handshake explains why a client's TLS handshake failed. It reads Go's typed errors and what the client offered.
// It does not log and does not count.
package handshake

import (
	"crypto/tls"
	"slices"
	"strings"
)

// Limits of a ClientHello, so that a client cannot fill memory and log. Real clients offer less. A message of TLS has at most
// 64 KiB.
const (
	maxScanned = 512 // entries of a list that are read
	maxSuites  = 64
	maxOthers  = 16  // versions, groups, protocols
	maxName    = 255 // bytes of a server name
	maxLabel   = 32  // bytes of a protocol's name
)

// A ClientHello is what a client offered, shortened. It holds no memory of the TLS connection.
type ClientHello struct {
	ServerName    string // "": the client sent none
	Suites        []uint16
	OmittedSuites int // beyond the limits
	Versions      []uint16
	Groups        []tls.CurveID
	Protocols     []string
	Signatures    []tls.SignatureScheme

	Certificate *tls.Certificate // chosen for the client; nil: none
	Refused     error            // why there is no certificate
}

// Summarize returns the parts of a hello that Explain needs.
func Summarize(info *tls.ClientHelloInfo) *ClientHello {
	h := &ClientHello{ServerName: clip(info.ServerName, maxName)}
	h.Suites, h.OmittedSuites = shorten(info.CipherSuites, maxSuites, func(suite uint16) bool { return findSuite(suite) != nil })
	h.Versions, _ = shorten(info.SupportedVersions, maxOthers, isSupportedVersion)
	h.Groups, _ = shorten(info.SupportedCurves, maxOthers, isSupportedGroup)
	h.Signatures, _ = shorten(info.SignatureSchemes, maxOthers, isKnownSignature)
	h.Suites = slices.DeleteFunc(h.Suites, isSignal)
	h.Versions = slices.DeleteFunc(h.Versions, isGrease)
	h.Groups = slices.DeleteFunc(h.Groups, func(g tls.CurveID) bool { return isGrease(uint16(g)) })
	h.Signatures = slices.DeleteFunc(h.Signatures, func(s tls.SignatureScheme) bool { return isGrease(uint16(s)) })
	for _, protocol := range info.SupportedProtos[:min(len(info.SupportedProtos), maxOthers)] {
		h.Protocols = append(h.Protocols, clip(protocol, maxLabel))
	}
	return h
}

// shorten returns the first entries of a list without repetitions, all further entries that the server supports, and the number
// of omitted entries.
func shorten[T comparable](offered []T, limit int, isSupported func(T) bool) (kept []T, omitted int) {
	scanned := offered[:min(len(offered), maxScanned)]
	for _, entry := range scanned {
		switch {
		case slices.Contains(kept, entry):
		case len(kept) < limit || isSupported(entry):
			kept = append(kept, entry)
		default:
			omitted++
		}
	}
	return kept, omitted + len(offered) - len(scanned)
}

// clip returns a copy of the beginning of text, so that the connection's memory is not kept.
func clip(text string, limit int) string { return strings.Clone(text[:min(len(text), limit)]) }

// isGrease reports whether a value was reserved so that servers ignore unknown values (RFC 8701).
func isGrease(value uint16) bool { return value&0x0f0f == 0x0a0a && value>>8 == value&0xff }

// isSignal reports whether a value in the list of suites is not a suite: GREASE, or one of the two signalling values of RFC 5746
// and RFC 7507.
func isSignal(value uint16) bool {
	return isGrease(value) || value == 0x00ff || value == tls.TLS_FALLBACK_SCSV
}

// isSupportedVersion reports whether the listener speaks a version.
func isSupportedVersion(version uint16) bool {
	return version == tls.VersionTLS12 || version == tls.VersionTLS13
}

// isSupportedGroup reports whether Go offers a group by default.
func isSupportedGroup(group tls.CurveID) bool {
	return slices.Contains([]tls.CurveID{
		tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521,
	}, group)
}

// findSuite returns one of Go's secure suites, or nil. Go offers them by default.
func findSuite(id uint16) *tls.CipherSuite {
	for _, suite := range tls.CipherSuites() {
		if suite.ID == id {
			return suite
		}
	}
	return nil
}
