package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// checkAnswer posts what bears no signature at all. It tells whether it makes sense to go on: where a redirect, a wrong
// path or a proxy answers, it would answer everything.
func (t Endpoint) checkAnswer(ctx context.Context, o Network, address string) (findings []Finding, goOn bool) {
	p := newProber(o, t.URL, address, t.watch)
	defer p.close()
	got := p.post(ctx, nil, []byte("{}"))
	f := judge(got)
	f.Check = "url answer"
	f.Message = address + ": " + f.Message
	goOn = got.err == nil && (got.status == http.StatusBadRequest || got.status/100 == 2)
	return []Finding{f}, goOn
}

// judge says what the answer to a forged request means. It should be 400, whatever the forgery.
func judge(got outcome) Finding {
	f := Finding{Fail, "", fmt.Sprintf("%d", got.status), ""}
	if errors.Is(got.err, errUnasked) {
		return unasked("")
	}
	if timedOut(got.err) {
		f.Message, f.Remedy = fmt.Sprintf("no whole answer within %s: Alexa waits some 8 s", got.took.Round(time.Second)),
			"look into the logs of the service, and of a proxy in front"
		return f
	}
	if got.err != nil {
		f.Message, f.Remedy = "no answer: "+got.err.Error(), "look into the logs of the service, and of a proxy in front"
		return f
	}
	switch {
	case got.status == http.StatusBadRequest && got.html():
		f.Verdict, f.Message, f.Remedy = Warn, "400, and a web page with it",
			"find out who answers there: a proxy's own page means that the request did not reach the service"
	case got.status == http.StatusBadRequest && got.message != "":
		f.Verdict, f.Message = OK, "400, "+got.message
	case got.status == http.StatusBadRequest:
		f.Verdict = OK
	case got.status/100 == 2:
		f.Message, f.Remedy = fmt.Sprintf("%d to a forged request: anyone can speak as Alexa", got.status),
			"let no request be answered whose signature was not verified"
	case got.status/100 == 3:
		f.Message = fmt.Sprintf("%d, a redirect to %q, which Alexa does not follow", got.status, got.header.Get("Location"))
		f.Remedy = "give Amazon's console the address where it ends, or let this one answer by itself"
	default:
		f.Remedy = remedyFor(got.status)
		if got.message != "" {
			f.Message += ", " + got.message
		}
	}
	return f
}

// remedyFor is for a status that should be 400.
func remedyFor(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return "something in front guards the path: exempt it from passwords, bot protection and firewall rules, as Alexa answers no " +
			"question"
	case http.StatusNotFound, http.StatusGone:
		return "no skill has this path: compare it with skills[].path, and let a proxy pass paths on as they are"
	case http.StatusMethodNotAllowed:
		return "the path takes no POST: compare it with skills[].path, and with the proxy's rules"
	case http.StatusRequestEntityTooLarge:
		return "let the proxy pass bodies of 64 KiB on"
	case http.StatusTooManyRequests:
		return "something in front limits requests: exempt the path, as all of Alexa's come from few addresses"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "the proxy in front does not reach the service: start it, and compare the proxy's upstream with listen"
	case http.StatusInternalServerError:
		return "the service failed: its log says why"
	}
	return "a forged request must get 400: find out who answers there"
}
