package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/linkproxy"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
)

// LoadConfig loads the configuration file. If the file is invalid, LoadConfig returns nil and the findings with the reasons.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, []Finding) {
	c, err := assembly.LoadConfig(file, getenv)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		var findings []Finding
		for _, p := range problems {
			findings = append(findings, Finding{Fail, "configuration", p.String(), ""})
		}
		return nil, findings
	}
	if err != nil {
		return nil, []Finding{{Fail, "configuration", err.Error(), ""}}
	}
	var names []string
	for _, skill := range c.Skills {
		names = append(names, skill.Name)
	}
	return c, []Finding{{OK, "configuration", "skills: " + strings.Join(names, ", "), ""}}
}

// A MachineCheck checks the machine on which the service runs.
type MachineCheck struct {
	Config  *config.Config
	Network Network
	Pause   time.Duration // between requests to a publisher; 0: 2 s
}

// Examine checks everything except the public endpoint.
func (m MachineCheck) Examine(ctx context.Context) []Finding {
	c := m.Config
	findings := []Finding{checkDataDir(c)}
	if _, err := assembly.ReadPassword(c.Admin.PasswordFile); err != nil {
		findings = append(findings, Finding{Fail, "password", err.Error(), ""})
	}
	findings = append(findings, checkCertificate(c, time.Now())...)
	findings = append(findings, checkPort(ctx, m.Network, c))
	findings = append(findings, checkDNS(ctx, m.Network, c)...)
	book, err := phrases.Load()
	if err != nil {
		return append(findings, Finding{Fail, "languages", err.Error(), ""})
	}
	for _, skill := range c.Skills {
		findings = append(findings, checkEndpoint(c, skill)...)
		findings = append(findings, checkLocales(skill, book)...)
		findings = append(findings, m.checkSkill(ctx, skill, book)...)
	}
	return append(findings, checkLinking(ctx, c)...)
}

// runAsServiceUser is the remedy if the user may not read the service's files.
const runAsServiceUser = "run this as the service's user, or as root"

// checkEndpoint reports the endpoint to enter in Amazon's console. If the endpoint is unknown, the DNS check reports this.
func checkEndpoint(c *config.Config, skill config.Skill) []Finding {
	endpoint := c.EndpointURL(skill)
	if endpoint == "" {
		return nil
	}
	return []Finding{{OK, "endpoint " + skill.Name, endpoint + " is the endpoint for Amazon's console", ""}}
}

// checkLocales fails for a locale whose language the program does not speak: the service does not start with it.
func checkLocales(skill config.Skill, book *phrases.Catalog) (findings []Finding) {
	for _, locale := range skill.Locales {
		if err := assembly.CheckLocale(locale, book); err != nil {
			findings = append(findings, Finding{Fail, "locale " + skill.Name, err.Error(),
				"remove it from the skill's locales, here and in Amazon's console"})
		}
	}
	return findings
}

// Alexa's requests must be at most 150 s old by this clock. The warning comes well before the limit.
const (
	clockWarns = 30 * time.Second
	clockFails = 120 * time.Second
)

// checkClock compares the clock with the Date header of the feed's server.
func checkClock(skill config.Skill, status crawl.Status) Finding {
	if status.ServerTime.IsZero() {
		return Finding{Warn, "clock", "not compared: the feed's server did not answer, or did not send a Date header",
			"check that the clock is synchronised"}
	}
	off := status.LastAttempt.Sub(status.ServerTime).Abs().Round(time.Second)
	message := fmt.Sprintf("%s off from the clock of %s's feed server", off, skill.Name)
	remedy := "synchronise the clock, for example with systemd-timesyncd or chrony: Alexa's requests are refused if it is 150 s off"
	switch {
	case off > clockFails:
		return Finding{Fail, "clock", message, remedy}
	case off > clockWarns:
		return Finding{Warn, "clock", message, remedy}
	}
	return Finding{OK, "clock", message, ""}
}

// checkLinking reports the addresses to enter in Amazon's console, and checks whether Amazon could reach the OAuth server.
func checkLinking(ctx context.Context, c *config.Config) (findings []Finding) {
	const name = "account linking"
	a := c.AccountLinking
	if !a.Enabled() {
		return nil
	}
	if authorize, token := c.LinkURLs(); authorize == "" {
		findings = append(findings, Finding{Warn, name, "the public address of this service is unknown", "set public_url"})
	} else {
		findings = append(findings, Finding{OK, name, "Authorization URI: " + authorize, ""},
			Finding{OK, name, "Access Token URI: " + token, ""})
	}
	if a.Record == "full" {
		findings = append(findings, Finding{Warn, name, "passwords, codes and tokens are stored unmasked for " + a.RecordFor,
			"set account_linking.record to redacted if you do not need this"})
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
	if err := linkproxy.CheckReachable(ctx, u, nil); err != nil {
		return Finding{Fail, name, fmt.Sprintf("%s: %v", key, err),
			"Amazon cannot connect either: check that the OAuth server runs and sends its full certificate chain"}
	}
	if u.Port() != "" && u.Port() != "443" {
		return Finding{Warn, name, fmt.Sprintf("%s answers at port %s, which Amazon does not call", key, u.Port()),
			"let it answer at port 443 before you remove this proxy"}
	}
	return Finding{OK, name, fmt.Sprintf("%s: %s answers", key, u.Host), ""}
}

// healthTimeout is the timeout of the health check. Supervisors use timeouts of 5 s or more.
const healthTimeout = 3 * time.Second

// CheckHealth requests the health of the running service from its private listener, and prints the answer. It returns
// an error if the service is not healthy. If ready is true, it also checks whether every skill has posts.
func CheckHealth(ctx context.Context, out io.Writer, admin config.Admin, ready bool) error {
	request, err := newHealthRequest(ctx, admin, ready)
	if err != nil {
		return err
	}
	// Proxies and redirects are not used for requests to the same machine.
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer from the service: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the service sent an incomplete answer: %w", err)
	}
	if _, err := out.Write(answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}

func newHealthRequest(ctx context.Context, admin config.Admin, ready bool) (*http.Request, error) {
	if admin.Listen == "" {
		return nil, errors.New("admin.listen is empty, so there is no health check: set an address, such as 127.0.0.1:9090")
	}
	host, port, err := net.SplitHostPort(admin.Listen)
	if err != nil {
		return nil, err
	}
	switch host { // if the service listens on all addresses, use loopback
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil || !ready {
		return request, err
	}
	password, err := assembly.ReadPassword(admin.PasswordFile)
	if password != "" {
		request.SetBasicAuth(server.AdminUser, password)
	}
	return request, err
}
