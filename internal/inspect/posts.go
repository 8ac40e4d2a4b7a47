package inspect

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/inspect/present"
)

// A PostSource reads posts from the archives.
type PostSource interface {
	// Posts returns at most limit posts of a skill, newest first. It omits the newest skip posts. all is the number of
	// posts in the archive. If words is not empty, Posts returns only posts that contain all of the words, and all is the
	// number of returned posts.
	Posts(ctx context.Context, skill, words string, skip, limit int) (posts []PostDetail, all int, err error)
	// Post returns a post in full, and the text that the skill would say in the locale. It returns false if the archive
	// does not have the post.
	Post(ctx context.Context, skill, id, locale string) (PostDetail, bool, error)
}

// A PostDetail is a post in an archive.
type PostDetail struct {
	ID, Title, Link string
	Published       time.Time // zero: the date is unknown or an estimate

	// The following fields are set by PostSource.Post only.
	Authors     []string
	Categories  []string
	Image       string
	Audio       string
	Language    string
	FirstSeen   time.Time // when the archive first stored it; zero: an older version did not record it
	Source      string    // where it was found; "": unknown
	Dating      string    // where the date comes from
	SpokenTurns []string  // the spoken text, turn by turn
}

// unknownSkillMessage is shown for a skill that the configuration does not have, or no longer has.
const unknownSkillMessage = "This skill is not in the configuration."

// postsPerPage is the number of posts on a page of the list.
const postsPerPage = 50

// A postsView is the data of a page of posts, or of search results.
type postsView struct {
	Skill, Query         string
	Zone                 *time.Location
	Skills               []SkillStatus
	Posts                []PostDetail
	Total, From, To      int
	NewerPage, OlderPage int // 0: none
	PageNumber           int
	More                 bool // there are more results than the page shows
}

// parsePostsQuery returns the view that a query asks for, without posts.
func parsePostsQuery(form url.Values, skills []SkillStatus) postsView {
	query := strings.TrimSpace(truncateText(form.Get("words"), maxInputBytes))
	view := postsView{Skills: skills, Skill: form.Get("skill"), Query: query, PageNumber: 1}
	for _, skill := range skills {
		view.Skill = cmp.Or(view.Skill, skill.Name)
	}
	if view.Query == "" {
		if n, _ := strconv.Atoi(form.Get("page")); n > 1 && n < 1_000_000 { // an invalid number means page 1
			view.PageNumber = n
		}
	}
	return view
}

func (p *Page) listPosts(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := withPageTimeout(r)
	defer cancel()
	status := p.Status()
	view := parsePostsQuery(r.URL.Query(), status.Skills)
	skill, ok := status.findSkill(view.Skill)
	if !ok {
		p.showNotFound(w, unknownSkillMessage)
		return
	}
	view.Zone = skill.Zone
	skip := (view.PageNumber - 1) * postsPerPage
	found, all, err := p.Posts.Posts(ctx, view.Skill, view.Query, skip, postsPerPage+1)
	if err != nil {
		p.showError(w, err)
		return
	}
	if len(found) == 0 && skip > 0 && all > 0 { // beyond the end
		last := url.Values{"skill": {view.Skill}, "page": {strconv.Itoa((all-1)/postsPerPage + 1)}}
		http.Redirect(w, r, "/posts?"+last.Encode(), http.StatusSeeOther)
		return
	}
	view.More, view.Posts, view.Total = len(found) > postsPerPage, found[:min(len(found), postsPerPage)], all
	view.From, view.To, view.NewerPage = skip+1, skip+len(view.Posts), view.PageNumber-1
	if view.To < all && view.Query == "" {
		view.OlderPage = view.PageNumber + 1
	}
	p.renderPage(w, http.StatusOK, "posts", view)
}

func (p *Page) showPost(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := withPageTimeout(r)
	defer cancel()
	skill, ok := p.Status().findSkill(r.PathValue("skill"))
	if !ok {
		p.showNotFound(w, unknownSkillMessage)
		return
	}
	post, ok, err := p.Posts.Post(ctx, skill.Name, r.URL.Query().Get("id"), cmp.Or(append(slices.Clip(skill.Locales), "en-US")...))
	switch {
	case err != nil:
		p.showError(w, err)
	case !ok:
		p.showNotFound(w, "This post is not in the archive.")
	default:
		image := present.WebImage(post.Image)
		allowImages(w, image)
		p.renderPage(w, http.StatusOK, "post", struct {
			PostDetail
			Skill     string
			Zone      *time.Location
			WebImage  present.Image
			WebLink   present.Link
			AudioLink present.Link
		}{post, skill.Name, skill.Zone, image, present.WebLink(post.Link), present.WebLink(post.Audio)})
	}
}
