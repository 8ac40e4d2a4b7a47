package linkproxy

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
)

// CheckReachable reports an error if a server does not answer at a URL or its certificate is not trusted. Any response
// status is accepted. See Proxy for roots.
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
