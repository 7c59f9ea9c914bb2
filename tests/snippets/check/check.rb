require "json"
require_relative "../verify"

requests = JSON.parse($stdin.read)
puts JSON.generate(requests.map { |r| send("#{r["profile"]}?", r["body"], r["headers"], r["secret"]) })
