package zalooatest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
)

var phone = regexp.MustCompile(`^84\d{9}$`)

// Approve makes a template that can be sent.
func (s *Server) Approve(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.templates[id] = true
}

// TemplateQuota sets how many templates may be sent today.
func (s *Server) TemplateQuota(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota = n
}

// template is ZNS: an approved text to a phone number.
func (s *Server) template(r *http.Request) (any, *failure) {
	var q struct {
		Phone    string            `json:"phone"`
		Template string            `json:"template_id"`
		Data     map[string]string `json:"template_data"`
		Tracking string            `json:"tracking_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return nil, &failure{-132, "parameters are invalid"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sendFault) > 0 {
		code := s.sendFault[0]
		s.sendFault = s.sendFault[1:]
		return nil, &failure{code, "as the test wants"}
	}
	hour := s.opts.Now().In(s.opts.Zone).Hour()
	switch {
	case !phone.MatchString(q.Phone):
		return nil, &failure{-108, "phone number is invalid"}
	case !s.templates[q.Template]:
		return nil, &failure{-131, "template is not approved"}
	case len(q.Data) == 0 || q.Tracking == "":
		return nil, &failure{-132, "parameters are missing"}
	case hour >= 22 || hour < 6:
		return nil, &failure{-133, "not at night"}
	case s.quota <= 0:
		return nil, &failure{-144, "over the daily quota"}
	}
	s.quota--
	m := Sent{ID: "zns" + strconv.Itoa(len(s.sent)+1), To: q.Phone, Kind: "template"}
	for _, v := range q.Data {
		m.Text += v
	}
	s.sent = append(s.sent, m)
	s.announce()
	return map[string]any{"msg_id": m.ID, "sent_time": s.stamp(), "quota": map[string]any{"dailyQuota": "500", "remainingQuota": strconv.Itoa(s.quota)}}, nil
}
