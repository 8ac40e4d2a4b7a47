package handshake

import (
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"
)

// maxListed limits the names in one text.
const maxListed = 12

// listNames returns the names of entries, and how many are not shown.
func listNames[T any](entries []T, omitted int, name func(T) string) string {
	var names []string
	for _, entry := range entries[:min(len(entries), maxListed)] {
		names = append(names, name(entry))
	}
	omitted += len(entries) - len(names)
	switch text := strings.Join(names, ", "); {
	case text == "":
		return "none"
	case omitted > 0:
		return fmt.Sprintf("%s and %d more", text, omitted)
	default:
		return text
	}
}

// suiteName returns the name of a suite. tls.CipherSuiteName knows only the suites of Go.
func suiteName(id uint16) string {
	if name := foreignSuite(id); name != "" {
		return name
	}
	return tls.CipherSuiteName(id)
}

// foreignSuite returns the names of suites that Go does not have and that common clients offer: Java 8, OpenSSL, and small
// devices (CCM). The numbers are IANA's.
func foreignSuite(id uint16) string {
	switch id {
	case 0x0016:
		return "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"
	case 0x0033:
		return "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
	case 0x0039:
		return "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"
	case 0x003d:
		return "TLS_RSA_WITH_AES_256_CBC_SHA256"
	case 0x0067:
		return "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"
	case 0x006b:
		return "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"
	case 0x009e:
		return "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
	case 0x009f:
		return "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
	case 0xc024:
		return "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"
	case 0xc028:
		return "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"
	case 0xccaa:
		return "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
	case 0x1304:
		return "TLS_AES_128_CCM_SHA256"
	case 0x1305:
		return "TLS_AES_128_CCM_8_SHA256"
	}
	return ""
}

// groupName returns the name of a group. Go names only the groups that it has.
func groupName(group tls.CurveID) string {
	switch group {
	case 30:
		return "X448"
	case 256:
		return "ffdhe2048"
	case 257:
		return "ffdhe3072"
	}
	return group.String()
}

// alertName returns the name of an alert in RFC 8446, section 6, or RFC 5246, or "" if it is unknown.
func alertName(alert tls.AlertError) string {
	switch alert {
	case 10:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 40:
		return "handshake_failure"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case 47:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case 50:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 70:
		return "protocol_version"
	case 71:
		return "insufficient_security"
	case 80:
		return "internal_error"
	case 86:
		return "inappropriate_fallback"
	case 90:
		return "user_canceled"
	case 109:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 112:
		return "unrecognized_name"
	case 120:
		return "no_application_protocol"
	}
	return ""
}

// alertKind returns the kind of fault for an alert. It has a bounded number of values.
func alertKind(alert tls.AlertError) string {
	name := alertName(alert)
	if name == "" {
		name = "other"
	}
	return "tls-alert-" + strings.ReplaceAll(name, "_", "-")
}

// describeAlert names an alert for a text.
func describeAlert(alert tls.AlertError) string {
	if name := alertName(alert); name != "" {
		return name
	}
	return "number " + strconv.Itoa(int(alert))
}
