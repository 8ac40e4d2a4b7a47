package login

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"lastpost/internal/smapi"
)

const (
	accessTokenPrefix  = "Atza|"
	refreshTokenPrefix = "Atzr|"

	requestTimeout = 30 * time.Second
	maxAnswerSize  = 64 << 10
	maxAttempts    = 4
	firstPause     = time.Second
	maxPause       = time.Minute // a longer Retry-After is cut
	defaultLife    = time.Hour   // of an access token without expires_in
	maxLife        = 24 * time.Hour
	maxDescription = 300
)

// A tokenClient sends requests to the token endpoint of Login with Amazon.
type tokenClient struct {
	url, userAgent string
	http           *http.Client
	now            func() time.Time
	pause          func(ctx context.Context, d time.Duration) error
}

// tokens are an answer of the token endpoint.
type tokens struct {
	access, refresh string
	expires         time.Time // has a monotonic part, so that a change of the clock does not move it
}

func newTokenClient(o Options) (*tokenClient, error) {
	c := &tokenClient{url: DefaultTokenURL, userAgent: o.UserAgent, now: o.Now, pause: o.Pause}
	if o.BaseURL != "" {
		base, err := smapi.CheckBaseURL(VariableBaseURL, o.BaseURL)
		if err != nil {
			return nil, err
		}
		c.url = replaceHost(DefaultTokenURL, base)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.pause == nil {
		c.pause = pause
	}
	var own http.Client
	if o.HTTP != nil {
		own = *o.HTTP
	}
	own.Timeout = cmp.Or(own.Timeout, requestTimeout)
	// The body has the client secret and the refresh token: no other host must get it.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Jar = nil
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
	}
	if o.Debug != nil {
		own.Transport = smapi.NewDebugTransport(own.Transport, o.Debug)
	}
	c.http = &own
	return c, nil
}

// replaceHost replaces scheme and host of an address of Amazon.
func replaceHost(address string, base *url.URL) string {
	replaced, err := url.Parse(address)
	if err != nil {
		return address // a constant
	}
	replaced.Scheme, replaced.Host = base.Scheme, base.Host
	return replaced.String()
}

// exchangeCode exchanges a code for tokens. verifier is "" without PKCE.
func (c *tokenClient) exchangeCode(ctx context.Context, p Profile, code, redirect, verifier string) (tokens, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect},
		"client_id": {p.ClientID}, "client_secret": {p.ClientSecret},
	}
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	return c.request(ctx, smapi.StepCode, form)
}

// renew exchanges a refresh token for an access token. The answer can have a new refresh token.
func (c *tokenClient) renew(ctx context.Context, known Credentials) (tokens, error) {
	return c.request(ctx, smapi.StepRefresh, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {known.RefreshToken},
		"client_id": {known.ClientID}, "client_secret": {known.ClientSecret},
	})
}

// request sends a form. It repeats a request that failed for a short time.
func (c *tokenClient) request(ctx context.Context, step smapi.SignInStep, form url.Values) (tokens, error) {
	for attempt := 1; ; attempt++ {
		got, wait, err := c.attempt(ctx, step, form)
		if err == nil {
			return got, nil
		}
		if ctx.Err() != nil {
			return tokens{}, context.Cause(ctx)
		}
		if _, refused := errors.AsType[*SignInError](err); refused || isCertificateError(err) || attempt == maxAttempts {
			return tokens{}, err
		}
		backOff := firstPause << (attempt - 1)
		wait = max(wait, backOff/2+rand.N(backOff))
		if err := c.pause(ctx, min(wait, maxPause)); err != nil {
			return tokens{}, err
		}
	}
}

func isCertificateError(err error) bool {
	_, found := errors.AsType[*tls.CertificateVerificationError](err)
	return found
}

// attempt sends a form one time. A refusal is a *SignInError. After other errors a repetition can help; wait is the pause that
// the server asks for.
func (c *tokenClient) attempt(ctx context.Context, step smapi.SignInStep, form url.Values) (_ tokens, wait time.Duration, _ error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(form.Encode()))
	if err != nil {
		return tokens{}, 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	request.Header.Set("Accept", "application/json")
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	sent := c.now()
	response, err := c.http.Do(request)
	if err != nil {
		return tokens{}, 0, fmt.Errorf("%s: %w. Check this machine's connection to the internet", describeStep(step), err)
	}
	defer func() { _ = response.Body.Close() }()
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		wait = time.Duration(min(seconds, int(maxPause.Seconds()))) * time.Second
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerSize))
	if err != nil {
		return tokens{}, wait, fmt.Errorf("%s: the answer of %s was cut: %w", describeStep(step), request.URL.Host, err)
	}
	got, err := readAnswer(step, response, body, form)
	got.expires = sent.Add(got.life)
	return got.tokens, wait, err
}

// An answerBody is the JSON of the token endpoint, for success and failure.
type answerBody struct {
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token"`
	ExpiresIn    json.RawMessage `json:"expires_in"` // a number; tolerated as a string
	Error        string          `json:"error"`
	Description  string          `json:"error_description"`
}

type answeredTokens struct {
	tokens
	life time.Duration
}

func readAnswer(step smapi.SignInStep, response *http.Response, body []byte, form url.Values) (answeredTokens, error) {
	var answer answerBody
	isJSON := json.Unmarshal(body, &answer) == nil
	status := response.StatusCode
	switch {
	case isJSON && status == http.StatusOK && answer.AccessToken != "":
		life := defaultLife
		if seconds, err := strconv.ParseFloat(string(bytes.Trim(answer.ExpiresIn, `"`)), 64); err == nil {
			life = time.Duration(min(max(seconds, 0), maxLife.Seconds()) * float64(time.Second))
		}
		return answeredTokens{tokens{access: answer.AccessToken, refresh: answer.RefreshToken}, life}, nil
	case isJSON && answer.Error != "" && status != http.StatusTooManyRequests && status < http.StatusInternalServerError:
		code, description := cleanText(answer.Error, form), cleanText(answer.Description, form)
		return answeredTokens{}, &SignInError{
			Step: step, Status: status, Code: code, Description: description,
			RequestID: cleanText(response.Header.Get("X-Amzn-Requestid"), form),
			Remedy:    smapi.SignInRemedy(step, code, description),
		}
	case isJSON:
		return answeredTokens{}, fmt.Errorf("%s: %s answered with status %d and without a token. Try again later",
			describeStep(step), response.Request.URL.Host, status)
	}
	return answeredTokens{}, fmt.Errorf("%s: %s answered with status %d and a text that is not JSON. "+
		"If this persists, a proxy or a captive portal of this network has answered. Use another network or the proxy's settings",
		describeStep(step), response.Request.URL.Host, status)
}

// cleanText makes a text of a server safe for a terminal and a log. The values of form are secrets.
func cleanText(text string, form url.Values) string {
	for name, values := range form {
		if name == "client_id" || name == "grant_type" || name == "redirect_uri" {
			continue
		}
		for _, secret := range values {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, smapi.MaskText(text))
	if runes := []rune(text); len(runes) > maxDescription {
		text = string(runes[:maxDescription]) + "…"
	}
	return strings.TrimSpace(text)
}
