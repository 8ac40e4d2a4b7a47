package linkproxy

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
)

// CheckReachable finds out whether a server answers at a URL, whatever it says there, and shows a certificate that is trusted.
// roots are as in Proxy.
func CheckReachable(ctx context.Context, u *url.URL, roots *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return err
	}
	response, err := newTransport(roots).RoundTrip(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
