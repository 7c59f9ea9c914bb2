<?php
require __DIR__ . '/../verify.php';

$requests = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(array_map(fn ($r) => $r['profile']($r['body'], $r['headers'], $r['secret']), $requests)), "\n";
