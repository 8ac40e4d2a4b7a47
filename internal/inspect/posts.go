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
)

// A Library is what the archives hold.
type PostSource interface {
	// Posts gives a skill's posts, the newest first: limit at most, without the first skip, and how many there are. Where
	// words are given it is those that have them, whose number is not known beyond what is given.
	Posts(ctx context.Context, skill, words string, skip, limit int) (posts []PostDetail, all int, err error)
	// Post gives all that is known of a post, and what would be said of it in a language; false where it is not kept.
	Post(ctx context.Context, skill, id, locale string) (PostDetail, bool, error)
}

// A Post is one that an archive holds.
type PostDetail struct {
	ID, Title, Link string
	Published       time.Time

	// What Library.Post adds.
	Categories   []string
	Image        string
	Audio        string
	Language     string
	FirstSeen    time.Time // when it was first kept; zero: an older version did not write it down
	Source       string    // from where; "": likewise
	DateFromFeed bool      // Published is what the feed states; else when the post was first seen, or its neighbour's
	SpokenTurns  []string  // what would be said, a turn at a time
}

// noSkill is said where a page is asked for of a skill that is in the configuration no more.
const noSkill = "There is no such skill any more."

// pageful is how many posts a page lists.
const pageful = 50

// postsView is a page of posts, or what was found.
type postsView struct {
	Skill, Words  string
	Skills        []SkillStatus
	Posts         []PostDetail
	All, From, To int
	Newer, Older  int // pages; 0: none
	Number        int
	More          bool // there are more with these words than are shown
}

// postsAsked is the page that a form asks for, without its posts.
func postsAsked(form url.Values, skills []SkillStatus) postsView {
	view := postsView{Skills: skills, Skill: form.Get("skill"), Words: strings.TrimSpace(cut(form.Get("words"), maxWords)), Number: 1}
	for _, skill := range skills {
		view.Skill = cmp.Or(view.Skill, skill.Name)
	}
	if view.Words == "" {
		if n, _ := strconv.Atoi(form.Get("page")); n > 1 && n < 1_000_000 { // what is no number is none of them
			view.Number = n
		}
	}
	return view
}

func (p *Page) posts(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := withTime(r)
	defer cancel()
	status := p.Status()
	view := postsAsked(r.URL.Query(), status.Skills)
	if _, ok := status.skill(view.Skill); !ok {
		p.missing(w, noSkill)
		return
	}
	skip := (view.Number - 1) * pageful
	found, all, err := p.Posts.Posts(ctx, view.Skill, view.Words, skip, pageful+1)
	if err != nil {
		p.fault(w, err)
		return
	}
	if len(found) == 0 && skip > 0 && all > 0 { // beyond the end
		last := url.Values{"skill": {view.Skill}, "page": {strconv.Itoa((all-1)/pageful + 1)}}
		http.Redirect(w, r, "/posts?"+last.Encode(), http.StatusSeeOther)
		return
	}
	view.More, view.Posts, view.All = len(found) > pageful, found[:min(len(found), pageful)], all
	view.From, view.To, view.Newer = skip+1, skip+len(view.Posts), view.Number-1
	if view.To < all && view.Words == "" {
		view.Older = view.Number + 1
	}
	p.show(w, http.StatusOK, "posts", view)
}

func (p *Page) post(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := withTime(r)
	defer cancel()
	skill, ok := p.Status().skill(r.PathValue("skill"))
	if !ok {
		p.missing(w, noSkill)
		return
	}
	post, ok, err := p.Posts.Post(ctx, skill.Name, r.URL.Query().Get("id"), cmp.Or(append(slices.Clip(skill.Locales), "en-US")...))
	switch {
	case err != nil:
		p.fault(w, err)
	case !ok:
		p.missing(w, "There is no such post any more.")
	default:
		p.show(w, http.StatusOK, "post", struct {
			PostDetail
			Skill string
		}{post, skill.Name})
	}
}
