package handshake

import (
	"crypto/tls"
	"errors"
	"net"
)

// receivedAlert returns the alert that the client sent.
func receivedAlert(err error) (tls.AlertError, bool) { return alertOf(err, "remote error") }

// alertOf returns the alert in an error of an operation. Go does not export the type of these alerts. Their text is equal to
// the text of the exported type.
func alertOf(err error, operation string) (tls.AlertError, bool) {
	failed, ok := errors.AsType[*net.OpError](err)
	if !ok || failed.Op != operation {
		return 0, false
	}
	for number := range 256 {
		if alert := tls.AlertError(number); failed.Err.Error() == alert.Error() {
			return alert, true
		}
	}
	return 0, false
}

// A Tail holds the last bytes that a client sent: as many as a record with an alert has.
type Tail [7]byte

// Append adds text to the end.
func (t *Tail) Append(text []byte) {
	text = text[max(0, len(text)-len(t)):]
	copy(t[:], t[len(text):])
	copy(t[len(t)-len(text):], text)
}

// unencryptedAlert returns the alert of a client that sent it without encryption, although the server expected encryption.
// OpenSSL, and so curl and Python, does so with TLS 1.3 if it refuses the certificate. Go then reports a record
// that it cannot decrypt.
func (a Attempt) unencryptedAlert() (tls.AlertError, bool) {
	const badRecordMAC, alertRecord, fatal = tls.AlertError(20), 21, 2
	if sent, ok := alertOf(a.Err, "local error"); !ok || sent != badRecordMAC {
		return 0, false
	}
	t := a.Tail
	isAlert := t[0] == alertRecord && t[1] == 3 && t[3] == 0 && t[4] == 2 && t[5] == fatal
	return tls.AlertError(t[6]), isAlert
}
