package doctor

import (
	"context"
	"fmt"
	"net/url"

	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
)

// checkLinking says what Amazon's console wants to know, and whether the OAuth server can be reached as Amazon would.
func checkLinking(ctx context.Context, c *config.Config) (findings []Finding) {
	const name = "account linking"
	a := c.AccountLinking
	if !a.On() {
		return nil
	}
	if authorize, token := c.LinkURLs(); authorize == "" {
		findings = append(findings, Finding{Warn, name, "what the world calls this service is not known", "set public_url"})
	} else {
		findings = append(findings, Finding{OK, name, "Authorization URI: " + authorize, ""},
			Finding{OK, name, "Access Token URI: " + token, ""})
	}
	if a.Record == "full" {
		findings = append(findings, Finding{Warn, name, "passwords, codes and tokens are written down in clear for " + a.RecordFor,
			"set account_linking.record: redacted where that is not needed"})
	}
	for _, endpoint := range []struct{ key, url string }{{"authorization_url", a.AuthorizationURL}, {"token_url", a.TokenURL}} {
		findings = append(findings, checkOAuthServer(ctx, name, endpoint.key, endpoint.url))
	}
	return findings
}

func checkOAuthServer(ctx context.Context, name, key, text string) Finding {
	u, err := url.Parse(text)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if err := linkproxy.Reach(ctx, u, nil); err != nil {
		return Finding{Fail, name, fmt.Sprintf("%s: %v", key, err),
			"Amazon would not get through either: see that the OAuth server runs, and sends its whole certificate chain"}
	}
	if u.Port() != "" && u.Port() != "443" {
		return Finding{Warn, name, fmt.Sprintf("%s answers at port %s, which Amazon does not call", key, u.Port()),
			"let it answer at 443 before you take this service out from between"}
	}
	return Finding{OK, name, fmt.Sprintf("%s: %s answers", key, u.Host), ""}
}
