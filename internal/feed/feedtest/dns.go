package feedtest

import (
	"context"
	"io"
	"net"

	"golang.org/x/net/dns/dnsmessage"
)

// LoopbackDNS resolves every name to 127.0.0.1.
func LoopbackDNS() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerDNS(server)
		return client, nil
	}}
}

// answerDNS answers every question for an IPv4 address with 127.0.0.1, over a stream (RFC 1035, 4.2.2).
func answerDNS(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		size := make([]byte, 2)
		if _, err := io.ReadFull(c, size); err != nil {
			return
		}
		buf := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(c, buf); err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(buf); err != nil {
			return
		}
		m.Response, m.Additionals = true, nil
		for _, q := range m.Questions {
			if q.Type == dnsmessage.TypeA {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
					Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
				})
			}
		}
		out, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append([]byte{byte(len(out) >> 8), byte(len(out))}, out...)); err != nil {
			return
		}
	}
}
