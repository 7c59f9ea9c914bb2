# Ruby, with the openssl it comes with. `body` is the raw body, `headers` have lower-case names.
require "openssl"

def same?(given, expected)
  given.to_s.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(given, expected)
end

def awsys?(body, headers, secret)
  same?(headers["x-awsys-signature"], OpenSSL::HMAC.hexdigest("SHA256", secret, body))
end

def go2?(body, headers, secret)
  same?(headers["x-webhook-signature"], "sha256=" + OpenSSL::HMAC.hexdigest("SHA256", secret, body))
end

def standard?(body, headers, secret, now = Time.now.to_i)
  id, time = headers.values_at("webhook-id", "webhook-timestamp").map(&:to_s)
  return false unless time.match?(/\A\d+\z/) && (now - time.to_i).abs <= 300 # an old request sent again
  key = secret.delete_prefix("whsec_").unpack1("m")
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{time}.".b + body.b)].pack("m0")
  headers["webhook-signature"].to_s.split(" ").any? { |signature| same?(signature, expected) }
end
