package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"lastpost/internal/server/clients"
)

// publicRoutes returns the handler of the public listener.
func (s *Server) publicRoutes(snapshot *configSnapshot) http.Handler {
	client := snapshot.Proxy.AddrFunc()
	unrouted := &unroutedRequests{server: s, skills: snapshot.Skills, clientAddr: client}
	notFound := func(w http.ResponseWriter, r *http.Request) {
		// Amazon's requests for account linking are not signed. A signed one means that a skill's endpoint has a wrong path.
		if snapshot.Link != nil && !looksLikeAlexa(r) && snapshot.Link.Claims(r) {
			s.serveLink(snapshot.Link, w, r, client)
			return
		}
		unrouted.reportFault(w, r, faultWrongPath)
		writeError(w, http.StatusNotFound, "not found")
	}
	router := chi.NewRouter()
	router.NotFound(notFound)
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { unrouted.writeMethodNotAllowed(router, w, r, notFound) })
	for _, skill := range snapshot.Skills {
		router.Method(http.MethodPost, skill.Path, &endpoint{skill: skill, server: s, clientAddr: client, verifier: s.Verifier})
		if skill.Hub != nil {
			router.Handle(HubPath+skill.Name+"/{token}", skill.Hub)
		}
		if skill.Briefing != nil {
			router.Method(http.MethodGet, BriefingPath+skill.Name+".json", skill.Briefing)
			router.Method(http.MethodHead, BriefingPath+skill.Name+".json", skill.Briefing)
		}
	}
	return router
}

// writeMethodNotAllowed answers 405 with the allowed methods. If the path allows no method, it calls notFound, because chi
// calls writeMethodNotAllowed for every path if it does not know the method.
func (u *unroutedRequests) writeMethodNotAllowed(router chi.Router, w http.ResponseWriter, r *http.Request, notFound http.HandlerFunc) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if router.Match(chi.NewRouteContext(), method, r.URL.EscapedPath()) {
			allowed = append(allowed, method)
		}
	}
	message, fault := "method not allowed: use GET", faultWrongPath
	switch {
	case len(allowed) == 0:
		notFound(w, r)
		return
	case slices.Equal(allowed, []string{http.MethodPost}):
		message, fault = "method not allowed: use POST", faultWrongMethod
	case slices.Contains(allowed, http.MethodPost):
		message = "method not allowed: use GET or POST"
	}
	u.reportFault(w, r, fault)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeError(w, http.StatusMethodNotAllowed, message)
}

// A LinkHandler serves account linking in place of an OAuth server. It gets the requests that it claims and that match no
// other route. RemoteAddr of these requests is the client's address without a port. If the peer is a trusted proxy, the
// address comes from the proxy's header.
type LinkHandler interface {
	http.Handler
	// Claims reports whether the handler serves r. Claims must not change r.
	Claims(r *http.Request) bool
}

// serveLink passes r to the LinkHandler, with the client's address in RemoteAddr.
func (s *Server) serveLink(link LinkHandler, w http.ResponseWriter, r *http.Request, client clients.AddrFunc) {
	forwarded := r.WithContext(r.Context()) // a copy
	forwarded.RemoteAddr = client(r)
	defer s.limitBody(forwarded, client, maxLinkBody)()
	link.ServeHTTP(w, forwarded)
}
